"""The rules of the installed governor: each is one ValidatingAdmissionPolicy with its binding. Pure."""
