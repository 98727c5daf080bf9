"""Further hints at the base class."""

GROUPS_ARE_MADE = (
    (
        "Print param_groups. Each group is a dict of its own, with the tensors as a list under "
        '"params" and with every setting: its own where it has one, else the default.'
    ),
    (
        "Make a list of what was given, once. If its first entry is a dict, the entries are "
        'groups; if not, all of them are the "params" of a single group. Each group becomes a '
        'new dict: the defaults, over them what the group says, and last its "params" as a list, '
        "since these may come as a generator, too."
    ),
)
EVERY_GROUP_MOVES = (
    (
        "Which parameter is wrong: one of a later group, a later one in its group? Is it wrong "
        "from the first step on, or only from the second? Then look at the state."
    ),
    (
        'For each group, and for each p in its "params": call update with p, the group, and the '
        "dict that self.state keeps for this p, empty the first time and the same one ever "
        "after. All of it with gradients disabled, since p is a leaf and is changed in place."
    ),
)
MISSING = (
    (
        "A gradient that is missing is None, and None is not 0: after zeros a buffer shrinks and "
        "may still move its parameter; after None everything rests."
    ),
    (
        "In the inner loop ask whether p.grad is None, before any state is made, and go on with "
        "the next parameter (neither break nor return). The state of a parameter begins with its "
        "first gradient."
    ),
)
SETTINGS_CHANGE = (
    (
        'A schedule writes into optimizer.param_groups[0]["lr"] between two steps. Does your '
        "step look into that very dict?"
    ),
    (
        "Hand the group itself to update, and read every setting from it there. No copy of the "
        "groups in __init__, no self.lr, no look at the defaults."
    ),
)
CLOSURE_IS_CALLED = (
    (
        "The closure computes the gradients, so it comes before the first parameter moves; and "
        "it needs autograd, though the rest of step runs without."
    ),
    (
        "Where there is a closure, call it once, inside torch.enable_grad(), and keep what it "
        "returns; then go through the groups; then return what you kept, or None without a "
        "closure."
    ),
)
ZERO_GRAD = (
    (
        "There are three ways to go wrong: a group is left out, zeros stand where None is due, "
        "or a tensor appears where None was."
    ),
    (
        "Go through all groups. With set_to_none, which is the default, p.grad becomes None. "
        "Otherwise a gradient that is there is filled with zeros in place, and one that is "
        "missing stays None."
    ),
)
STATE_DICT = (
    (
        "Two groups with two parameters and one: their numbers are [0, 1] and [2], counted on "
        'through the groups. Parameters that never had a gradient are missing in "state".'
    ),
    (
        'First number all parameters, through all groups. "state" maps the number of each '
        'parameter with something to remember to its state. "param_groups" has a new dict for '
        'each group: all its settings as they are now, and the numbers as "params". The real '
        "groups stay as they are."
    ),
)
SAVED_STATE = (
    (
        "Look at the first step after loading. Is it too long or too short by a factor? Then "
        "settings are missing. Does it go elsewhere? Then it is state, or the state of another "
        "parameter."
    ),
    (
        'Take over all settings of each saved group, but keep your own "params", which are '
        "tensors. The i-th of your parameters, through all groups, gets a copy of the saved "
        "state number i, where there is one. It must be a copy (copy.deepcopy), or two "
        "optimizers would share their buffers."
    ),
)
NONSENSE = (
    (
        "Four cases: a single tensor in place of a list (TypeError), no parameter at all, one "
        "parameter twice, and the saved state of other groups (ValueError each). Which one "
        "passes?"
    ),
    (
        "A tensor can be iterated over, so ask first whether it is one. Then look whether the "
        "list is empty. Put the parameters of all groups into a set and compare the number. In "
        'load_state_dict compare how many groups there are, and how many "params" in each, '
        "before anything changes."
    ),
)
