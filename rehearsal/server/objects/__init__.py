"""What the API server knows of objects: kinds, defaults, validation, patches, storage."""
