// The files of each lesson that can be written in the page, as they come.

import mlp from "../../../../exercises/lesson1_autograd/mlp.py";
import value from "../../../../exercises/lesson1_autograd/value.py";
import basic from "../../../../exercises/lesson2_tokenizer/basic.py";
import regexTokenizer from "../../../../exercises/lesson2_tokenizer/regex_tokenizer.py";

export const SCRATCH = "try.py"; // beside the lesson's folder, as a script of one's own would be

export const LESSONS = {
  lesson1: {
    folder: "lesson1_autograd",
    stubs: { "value.py": value, "mlp.py": mlp },
    scratch: `from lesson1_autograd.value import Value

a = Value(2.0)
b = Value(-3.0)
c = a * b + a
c.backward()
print(c, a.grad, b.grad)
`,
  },
  lesson2: {
    folder: "lesson2_tokenizer",
    stubs: { "basic.py": basic, "regex_tokenizer.py": regexTokenizer },
    scratch: `from lesson2_tokenizer.basic import BasicTokenizer

tokenizer = BasicTokenizer()
tokenizer.train("aaabdaaabac", 256 + 3)
print(tokenizer.merges)
print(tokenizer.encode("aaab"))
`,
  },
};
