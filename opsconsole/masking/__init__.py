"""The one masker: keeps secrets out of the journal, evidence, manifests and logs. Pure, linear, and never raises.

It masks more rather than less: a word lost in a log line costs little, a token kept costs a cluster. Whoever writes the
text can't make it slow: each character is looked at a bounded number of times (no pattern goes back and tries again),
objects are followed to a bounded depth and number of values, and what is beyond that is left out, with a word.

``names.py`` knows names that stand for secrets, ``looks.py`` secrets by their looks, ``programs.py`` arguments that are
one; ``commands.py`` finds those in a line, ``line.py`` the others (``cursor.py``: its tokens), ``texts.py`` what
spreads over lines, ``objects.py`` values.
"""

from opsconsole.masking.looks import MASK as MASK
from opsconsole.masking.names import is_secret_name as is_secret_name
from opsconsole.masking.objects import mask as mask
from opsconsole.masking.objects import mask_named as mask_named
from opsconsole.masking.texts import LogMasker as LogMasker
from opsconsole.masking.texts import mask_text as mask_text
