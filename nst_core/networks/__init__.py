"""The architectures, one file each, with their facts as data beside them; no method, no file and no device."""
