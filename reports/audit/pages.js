// Sorting and choosing rows of the auditor's tables. Without it every table is there, whole and in its order.
"use strict";

const compareWords = new Intl.Collator("ru", { numeric: true }).compare;
const NONE = new Set(["", "–", "х"]);

const textOf = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

// A number with a decimal comma, a day as its ISO text; what is no figure has no place in the order.
function valueOf(cell, kind) {
  const text = textOf(cell);
  if (NONE.has(text)) return null;
  if (kind === "number") {
    const number = Number(text.replace(/\s/g, "").replace(",", ".").replace("−", "-"));
    return Number.isNaN(number) ? null : number;
  }
  const day = kind === "date" && text.match(/(\d\d)\.(\d\d)\.(\d{4})/);
  return day ? day[3] + day[2] + day[1] : text;
}

function comparing(place, kind, direction) {
  return (one, other) => {
    const left = valueOf(one.cells[place], kind);
    const right = valueOf(other.cells[place], kind);
    if (left === null || right === null) return (left === null) - (right === null);
    return direction * (kind === "number" ? left - right : compareWords(left, right));
  };
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function sortable(table, rows, total) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, place) => {
    const kind = heading.dataset.kind;
    if (kind === "drawing") return;
    // The words stay outside the button: Chromium repeats no button at the head of a printed page.
    const button = make("button", { type: "button", ariaLabel: `Упорядочить по столбцу «${textOf(heading)}»` });
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const up = heading.getAttribute("aria-sort") !== "ascending";
      headings.forEach((other) => other.hasAttribute("aria-sort") && other.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      const ordered = [...rows].sort(comparing(place, kind, up ? 1 : -1));
      table.tBodies[0].append(...ordered, ...total);
    });
  });
}

function choosable(table, rows, total) {
  const choices = [...table.tHead.rows[0].cells].flatMap((heading, place) =>
    "choice" in heading.dataset ? [{ place, label: textOf(heading) }] : []);
  const tools = make("div", { className: "tools", role: "group" });
  const said = make("output", {});
  const words = make("input", { type: "search", autocomplete: "off" });
  const boxes = choices.map(({ place, label }) => {
    const box = make("select", {});
    const known = [...new Set(rows.map((row) => textOf(row.cells[place])))].sort(compareWords);
    box.append(make("option", { value: "", textContent: "все" }), ...known.map((word) => make("option", { textContent: word })));
    return { place, label, box };
  });
  const show = () => {
    const sought = words.value.trim().toLocaleLowerCase("ru");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(textOf(row).toLocaleLowerCase("ru").includes(sought)
        && boxes.every(({ place, box }) => !box.value || textOf(row.cells[place]) === box.value));
      shown += !row.hidden;
    }
    // A sum of all rows says nothing of some of them.
    total.forEach((row) => { row.hidden = shown < rows.length; });
    said.textContent = `Показано строк: ${shown} из ${rows.length}`;
  };
  const title = document.getElementById(table.getAttribute("aria-labelledby"));
  tools.setAttribute("aria-label", `Отбор строк таблицы «${title.textContent}»`);
  for (const { label, box } of [{ label: "Найти в таблице", box: words }, ...boxes]) {
    const frame = make("label", { textContent: label });
    frame.append(box);
    tools.append(frame);
    box.addEventListener("input", show);
  }
  const asked = new URLSearchParams(location.search);
  for (const { label, box } of boxes) if (asked.has(label)) box.value = asked.get(label);
  tools.append(said);
  table.closest(".scroll").before(tools);
  show();
}

for (const table of document.querySelectorAll("table[data-table]")) {
  const all = [...table.tBodies[0].rows];
  const total = table.closest(".totalled") ? all.slice(-1) : [];
  const rows = total.length ? all.slice(0, -1) : all;
  if (rows.length > 1) sortable(table, rows, total);
  if (rows.length > 9) choosable(table, rows, total);
}
