"""Opposites: words that turn a statement round when one stands for the other."""

_OPPOSITES = (
    "increase decrease, increased decreased, increases decreases, increasing decreasing, high low, higher "
    "lower, highest lowest, more less, most least, largest smallest, larger smaller, large small, first "
    "last, before after, begin end, began ended, start stop, started stopped, early late, earlier later, "
    "earliest latest, best worst, better worse, positive negative, major minor, maximum minimum, always "
    "never, north south, east west, northern southern, eastern western, internal external, inside "
    "outside, upper lower, long short, longest shortest, longer shorter, win lose, won lost, gain loss, "
    "allow forbid, allowed forbade, support oppose, supported opposed, cause prevent, causes prevents, "
    "caused prevented, benefit harm, advantage disadvantage, advantages disadvantages, common rare, "
    "strong weak, stronger weaker, strongest weakest, old new, older newer, oldest newest, activate "
    "inhibit, activates inhibits, activated inhibited, activation inhibition, upregulated downregulated, "
    "gain-of-function loss-of-function, safe toxic, effective ineffective, sensitive resistant, male "
    "female, men women, adults children, man woman, left right, hot cold, fast slow, legal illegal, "
    "possible impossible, accept reject, accepted rejected, include exclude, included excluded, agree "
    "disagree, agreed disagreed, rise fall, rose fell "
)
OPPOSITE = {one: other for pair in _OPPOSITES.split(",") for one, other in (pair.split(), pair.split()[::-1])}
