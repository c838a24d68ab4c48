"""The endings of the names of files that are read; what is in a file is told by `index.kinds`."""

MARKDOWN = frozenset((".md", ".markdown", ".mdown"))
READ = frozenset(".pdf .docx .epub .html .htm .xhtml .xml .nxml .jats .txt .text".split()) | MARKDOWN
