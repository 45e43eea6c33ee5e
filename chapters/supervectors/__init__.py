"""What the chapter on supervectors looks at, and how it draws it."""
