declare
    spaced text;
    word text;
    result text := '';
    bare text;
begin
    -- Blank is no name: an array of nothing cannot be gone through.
    spaced := coalesce(regexp_replace({{ function('clean') }}(value), ' *[-\u2010-\u2015\u2212] *', '-', 'g'), '');
    -- Word by word, because a Latin letter is a slip only beside a Cyrillic one.
    foreach word in array regexp_split_to_array(spaced, '(?=[- ''])') loop
        if word ~ '[А-яЁёӀӏ]' then
            word := translate(word, 'ABEKMHOPCTXYaeopcxy', 'АВЕКМНОРСТХУаеорсху');
            -- The palochka has no key: people type what looks like it, after one of these letters only.
            word := regexp_replace(word, '(?<=[кптфщцлъьхКПТФЩЦЛЪЬХ])[Il1|\u0406\u0456\u04c0]', 'ӏ', 'g');
        end if;
        result := result || word;
    end loop;
    bare := replace(result, 'ӏ', '');
    if bare = upper(bare) or bare = lower(bare) then
        result := initcap(result);
    end if;
    return nullif(result, '');
end
