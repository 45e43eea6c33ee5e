"""The built book's pages in a real browser, with the network cut."""
