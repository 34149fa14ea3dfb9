"""Reports: from published rows to the files the ministry reads (design §5, domain §7).

    data ──> tables, charts ──> html, pdf, xlsx ──> render
"""
