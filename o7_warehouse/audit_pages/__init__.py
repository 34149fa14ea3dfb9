"""The auditor's pages: what the audit says of rules, nights, rows and seals, as a folder of files and a workbook."""
