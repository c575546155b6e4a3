"""The page as files: what was recorded, to be seen and heard from any web host, without this program running there.

`export.write` writes them. The components are the page's own; `site.js` plays the part of the program for them.
"""
