"""``python -m rehearsal.optimizers.aura``: the Aura optimizer, fed and paced by the rehearsal."""

from rehearsal.optimizers.child import main

if __name__ == "__main__":
    main()
