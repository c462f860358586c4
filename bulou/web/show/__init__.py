"""What templates take: frozen view-models, and the pure functions that place, word and mask.

Every template takes ``frame`` (a ``PageFrame``) and ``page`` (the view-model that its first line names). Templates hold
no query and no arithmetic; these modules hold no database access.

- ``figures``: State, Chip, Meter, Figure, Act, Table, Pager
- ``band``, ``story``, ``chart``: drawings on a time axis, as places in shares of the width
- ``words``: spans, counts, times, masks
- ``frame``: what stands on every page
- ``duties``, ``rounds``, ``reading``: the pages
"""
