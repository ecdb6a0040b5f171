"""The methods, one file each: what is prepared from the styles, and what is rendered from a content; no process, no file."""
