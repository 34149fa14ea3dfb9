"""Reports: from published rows to the files the ministry reads (design §5, domain §7).

data -> rows -> tables, charts, narrative -> document -> html, pdf, docx, xlsx, twin -> render
"""
