"""The screens of long text, one thing each: a log, a manifest, a record, the damage, the sources."""
