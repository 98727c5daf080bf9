"""What `zth hint` says of lesson 2 after a check's first hint, each step nearer to the answer."""

FIRST_MERGE = (
    (
        'Take "hahaha" by hand. The bytes are 104, 97, 104, 97, 104, 97: the pair (104, 97) '
        "stands there three times, (97, 104) twice. What do you count?"
    ),
    (
        "Every place counts, and the pair with the largest count wins, not the largest pair. It "
        "is a key in merges, and the new token, 256 at first, is its value. Due are vocab_size − "
        "256 merges, since the 256 bytes are tokens already."
    ),
)
EVERY_MERGE = (
    (
        'Do "aaabdaaabac" on paper, as the chapter does: after aa = Z it is ZabdZabac. Print '
        "your list after each merge and compare. Where do the two part?"
    ),
    (
        "One loop, vocab_size − 256 times: count the pairs in the list as it is now; take the "
        "most frequent one; give it the next number; go through the list once and build a new "
        "one, with the new token wherever the two parts stood side by side. It starts from the "
        "bytes of the whole text, spaces and capitals as they are."
    ),
)
RUNS = (
    (
        'Counting: "aaa" has the pair (a, a) at its first place and at its second; count both. '
        'Replacing: "aaa" becomes Za and "aaaa" becomes ZZ, as str.replace does it.'
    ),
    (
        "Walk through the list with an index i. Do the tokens at i and i + 1 make the pair? Then "
        "the new token goes into the new list, and you go on at i + 2. Otherwise the token at i "
        "goes in as it is, and you go on at i + 1. The last token has no neighbour on the right."
    ),
)
RARE_PAIRS = (
    (
        'In "abc" every pair is seen once, and two merges are possible: first two letters, then '
        "what they made with the third. How many do you get?"
    ),
    (
        "There are two reasons to stop: the vocabulary is full, or no pair is left. A count of 1 "
        "can be the largest like any other, so look for a comparison with 1 or 2, or for "
        "something that drops what is seen once, before the loop or in it."
    ),
)
VOCAB = (
    (
        'Print vocab[256] after training on "hahaha" with one merge: it should be b"ha". Is it '
        "there, is it bytes, and is h in front?"
    ),
    (
        "vocab starts with one entry for each byte, as in __init__. Each merge adds one for the "
        "new token: the bytes of the left part, then those of the right part. In the order of "
        "training both are there already. Make it anew in every training, for self.vocab."
    ),
)
BYTES_ALONE = (
    (
        '"é" is two bytes, 195 and 169, and "注" is three. A text may have more tokens than '
        "characters."
    ),
    (
        "encode begins with the text in UTF-8, and a list made of a bytes object is a list of "
        "numbers from 0 to 255. Where there are no merges, that list is the answer. ord gives "
        "other numbers, and so does UTF-16."
    ),
)
ENCODES_BY_RANK = (
    (
        'Let bc be 256 and ab be 257, and encode "abc". Right is 97, 256: bc was learned first. '
        "Whoever goes from left to right finds ab."
    ),
    (
        "Look at all pairs of neighbours that are keys of merges, and take the one whose value "
        "is smallest; replace it wherever it stands, from left to right; look again, since what "
        "a merge made may be part of another. Stop when no pair is a key, and leave merges "
        "itself alone."
    ),
)
ENCODES_RUNS = (
    'With aa = 256, "aaa" is 256, 97, and "aaaa" is 256, 256.',
    (
        "Replace with the same function as in training: from left to right, and on behind what "
        "it made. Then the two cannot differ."
    ),
)
ROUND_TRIP = (
    (
        "Which character comes back wrong, or not at all? Print the bytes of the text, and the "
        "bytes that decode joins. Are they the same?"
    ),
    (
        "encode: UTF-8, and nothing before it that changes the text (no strip, lower, normalize, "
        "splitlines). decode: the bytes of all tokens joined in order, then decoded once, as "
        "UTF-8. It returns a str and does not touch the list that it is given."
    ),
)
NOT_UTF8 = (
    (
        '"é" is the bytes 195 and 169, and these may come as two tokens. Decoded one by one they '
        "give two signs U+FFFD; joined first, they give é."
    ),
    (
        "Join the bytes of all tokens to one bytes object, and decode it once, with "
        'errors="replace". "ignore" would let the broken bytes vanish; without the argument they '
        "are an error."
    ),
)
UNKNOWN_TOKEN = (
    (
        "Which tokens are there? Bytes and merges, from 0 to 255 + the number of merges. For any "
        "other number a dict raises KeyError by itself; a list takes -1 for its last entry, and "
        "get() says nothing."
    ),
    (
        "Look each number up in the dict vocab with [ ], and let the KeyError through, or turn "
        "it into a ValueError that names the number. Neither skip a number nor replace it."
    ),
)
TOO_SMALL = (
    ("At vocab_size = 256 there is nothing to learn, which is fine. At 255 a byte finds no room."),
    (
        "Let it be the first thing in train: where vocab_size is below 256, raise ValueError, "
        "with a message that says why. Without it, range of a negative number is empty, and "
        "training ends as if all were well."
    ),
)
EMPTY = (
    (
        'Three cases: train("", 256) makes no merges, encode("") is [], and decode([]) is "". '
        "Which one fails, and at which line?"
    ),
    (
        "Fewer than two tokens have no pair, and max of nothing is an error: ask whether there "
        "is a pair before you choose one. Nothing may rely on a first token. encode returns a "
        "list in every case, and decode a str. A vocab_size of 256 is no mistake."
    ),
)
NO_TEXT = (
    (
        "A str can hold half a pair of UTF-16, but UTF-8 has no bytes for it. Type "
        '"\\ud800".encode("utf-8") in a Python shell: the error that you see is the one that is '
        "due."
    ),
    (
        'Leave the errors argument of str.encode away ("replace", "ignore" and "surrogatepass" '
        "all hide it), and put no try around it."
    ),
)
TRAINS_AGAIN = (
    (
        "Train on one text, then on another, and print merges. Is something of the first text "
        "among them? Does the first new token have the number 256?"
    ),
    (
        "train begins with new, empty merges and with a vocab of the 256 bytes, and numbers are "
        "counted from there. Whatever else the tokenizer remembers (words that it has encoded, "
        "say) is emptied as well."
    ),
)
STAYS_APART = (
    (
        "What stands in the body of a class, outside of its methods, exists once for all its "
        "objects. So does a default argument that is a dict or a list."
    ),
    (
        "Make every dict in __init__, with self. in front, so that each tokenizer has its own. "
        "The same goes for what encoding remembers of words."
    ),
)
LONG_WORD = (
    (
        "A function that calls itself once for each token reaches Python's limit at about 1,000. "
        "A loop has no limit."
    ),
    (
        "To go through the list once for each of the 12 merges is quick enough. To copy the rest "
        "of the list at every place, by slicing or by insert and del, is not: build a new list "
        "with append, and walk by an index."
    ),
)
PAIRS_RUN_OUT = (
    (
        '"aa" allows one merge; after it there is one token and no pair. What does your loop do '
        "when more is asked for?"
    ),
    (
        "Count the pairs at the beginning of each step, and end the loop when there are none. If "
        "you keep counts up to date instead, a pair whose count fell to 0 is no pair any more."
    ),
)
FAST = (
    (
        "Which part of your time goes into counting? Counting anew at each step costs the length "
        "of the text times the number of merges."
    ),
    (
        "For each pair, remember its count and the places (or the words) where it stands. A "
        "merge goes to these alone: the pairs on both sides of each place lose one, the new "
        "pairs win one. The chapter shows it, and how to find the largest count."
    ),
)
WITHIN_PIECES = (
    (
        'Print the pieces first: "low lower" is "low" and " lower", with the space in front. No '
        "pair reaches from one piece into the next, and a word that comes ten times counts ten "
        "times."
    ),
    (
        "Keep a list of tokens for each piece. At each step, add up the pair counts of all of "
        "them, take the most frequent pair, and replace it in each list by itself. Without a "
        "pattern of its own the tokenizer uses GPT4_SPLIT_PATTERN as it is in the file, with the "
        "module regex: re does not know \\p{L}."
    ),
)
OTHER_PATTERNS = (
    (
        "Make one tokenizer with GPT-2's pattern and one with none, and print the pieces that "
        'each of them trains on: "12345" is one piece for the first, two for the second.'
    ),
    (
        "__init__ keeps the pattern that it is given in self.pattern, and takes GPT-4's only "
        "where that is None. train splits by self.pattern and by nothing else."
    ),
)
ENCODES_PIECES = (
    (
        'GPT-4\'s pattern cuts numbers after three digits: "121212" is "121" and "212". A merge '
        "of 1 and 2 may not join the end of the first and the beginning of the second."
    ),
    (
        "Split by self.pattern, as train does. Turn each piece into bytes, make the merges in it "
        "as BasicTokenizer does, and put the tokens of all pieces one behind the other. A "
        "function from basic.py can do the middle part."
    ),
)
ROUND_TRIP_OF_PIECES = (
    ("Join the pieces again: are they the text? What is in no piece is in no token, and is lost."),
    (
        "Use the patterns as they are in the file, with the module regex, and change no piece "
        "(no strip). decode joins the bytes of all tokens, across pieces, and decodes once."
    ),
)
UNKNOWN_TOKEN_OR_SPECIAL = (
    (
        "Tokens are the bytes, the merges, and the special tokens that are registered. A number "
        "between them, or a negative one, is none."
    ),
    (
        "Look each number up in the dicts with [ ], and let the KeyError through, or turn it "
        "into a ValueError that names the number. Neither skip a number nor replace it."
    ),
)
SAVES = (
    (
        "Save, load the file into a new RegexTokenizer(), and compare: first merges, then vocab, "
        "then what encode gives. Which is the first to differ?"
    ),
    (
        "The file holds the pattern, the special tokens, and the pairs in the order of their "
        "ids. JSON turns tuples into lists, so load makes tuples of them again, numbers them "
        "from 256 on, and builds vocab from that. Pairs sorted by their numbers would have lost "
        "their order."
    ),
)
NO_TOKENIZER = (
    (
        "Try load on an empty file, on a text, on a JSON list, on random bytes. Where does it "
        "pass, and where does it raise something else than a ValueError?"
    ),
    (
        "Let save write a mark of your own first, a name with a version. load looks for it, and "
        "raises ValueError where it is missing or where reading fails in any way. It sets "
        "nothing before it knows that the file is right."
    ),
)
ALL_OF_THEM = (
    (
        "Split your text by hand and print the parts: they are ordinary and special in turn, and "
        "an empty one at either end is normal."
    ),
    (
        "The pattern is all special tokens, each escaped, with | between them and ( ) around the "
        "whole. A part that is a special token gives the number with which it was registered; "
        "any other part goes to encode_ordinary with all its spaces. Where nothing is "
        "registered, there is nothing to split at."
    ),
)
NONE_OF_THEM = (
    (
        'With "none", the text <|endoftext|> is thirteen characters like any others: no error, '
        "and no number of its own."
    ),
    (
        'One case in encode: where allowed_special is "none", the whole text goes to '
        "encode_ordinary, and that is the answer."
    ),
)
SOME_OF_THEM = (
    (
        'Let <s> and <e> be registered, and {"<e>"} be allowed. In "<s>a<e>" only the end is '
        'special; "<s>a" is one piece of ordinary text, as if nobody had registered <s>.'
    ),
    (
        "Make a smaller dict, of those registered tokens that are in the set, and go on with it "
        'exactly as for "all". If it is empty, everything is ordinary.'
    ),
)
REFUSES_BY_DEFAULT = (
    (
        "Does your encode look for special tokens everywhere in the text, or only at its "
        'beginning? And is "none_raise" the default of allowed_special?'
    ),
    (
        "Ask of every registered token whether it is in the text, before anything is encoded. "
        "Where one is, raise ValueError and name it."
    ),
)
ORDINARY_BY_DEFAULT = (
    (
        '"<|" or "END" is a part of a special token, and not one. And that some are registered '
        "says nothing about this text."
    ),
    (
        "Only a whole registered token in the text is a reason to refuse. Without one, "
        '"none_raise" does what "none" does.'
    ),
)
OTHER_CHOICES = (
    (
        '"All" and "some_of_them" are slips of the pen. What your encode does with them, does it '
        "do it on purpose?"
    ),
    (
        'Write the four cases one after another: "all", "none", "none_raise", a set or '
        "frozenset. What is left over raises ValueError."
    ),
)
DECODES = (
    (
        "register_special_tokens gets a dict from text to number. For decoding you need it the "
        "other way round, with the text as bytes."
    ),
    (
        "Look each number up in vocab and among the special tokens, collect bytes in either "
        'case, and decode all of them together at the end, with errors="replace". So a special '
        "token between the two halves of a character leaves both halves broken."
    ),
)
SAVES_SPECIAL = (
    (
        "Load the file and look at the special tokens of the new tokenizer: are they the same "
        "texts, with the same numbers?"
    ),
    (
        "JSON can hold a dict from text to number as it is. load puts it back, and with it all "
        "that register_special_tokens makes of it."
    ),
)
LONGEST_FIRST = (
    'Register "<s>" and "<s>x", and encode "<s>x" with "all". Which of the two is found?',
    ("Sort the special tokens by length, the longest first, before you join them to a pattern."),
)
NOT_COUNTED = (
    (
        "Register special tokens before training, on a text that is full of them. Does a merge "
        "of < and | appear?"
    ),
    (
        'Let train cut the text as encode does with "all", and count pairs in the ordinary parts '
        "alone."
    ),
)
TAKEN = (
    (
        "97 is the token of the letter a. What would decode([97]) be if a special token had the "
        "number, too?"
    ),
    (
        "Compare each number with the keys of vocab, and the numbers with each other. Raise "
        "ValueError before anything is registered."
    ),
)
SHAKESPEARE = (
    (
        "Measure before you change anything: how long do the first 100 merges take? Shakespeare "
        "is 263,198 pieces, but only 15,258 different ones, and each of them need be counted "
        "just once, with its number of times as its weight."
    ),
    (
        "For each pair, keep its count and the set of words that hold it. For a merge, visit "
        "those words only: take their pairs off the counts, replace, and add their pairs again. "
        "And let encode remember the tokens of each word that it has seen."
    ),
)
