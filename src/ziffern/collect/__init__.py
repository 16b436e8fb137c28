"""Collecting handwriting: a sheet to print and write on, cut back into a labelled dataset.

Or numbers that are known, cut out of the lines they stand in (`lines`).

    Path("sheet.pdf").write_bytes(sheet(pages=2))      # to print
    for page in gather([Path("scans.pdf")], Path("own")):
        print(page.file, page.writer, page.problem or page.kept)

What stands where on a sheet is `layout`'s business, drawing it `sheet`'s, finding it again in a
photo or scan `marks`', taking the digits out `cut`'s, keeping them `folder`'s, and doing so with
many files `gather`'s.
"""
