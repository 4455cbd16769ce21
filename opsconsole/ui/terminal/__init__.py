"""The terminal under Textual: its writer, the pace of painting, blocking reads on threads of their own."""
