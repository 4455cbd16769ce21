"""Between the first and the second layer: lines become entries, such as documents and tracebacks of many lines."""
