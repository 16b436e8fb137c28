"""Reading digits from real paper: pages, photos, forms and cheques.

    ziffern.read("cheque.jpg")["pages"][0]["lines"][0]["text"]

From a file to pages (`files`), from a page to ink (`paper`), to lines and marks (`find`), to single
digits (`separate`), to answers (`reader`). How a single digit becomes a network's input is the
contract's business (`ziffern.contract`), as everywhere.
"""
