"""``make bench``: opsconsole measured from outside, beside kubectl on the same server in the same run."""
