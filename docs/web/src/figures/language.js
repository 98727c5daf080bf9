// The words of a figure in the page's language: of two objects, the one that the page speaks.

export const chinese = document.documentElement.lang.startsWith("zh");

export function inLanguage(texts) {
  return chinese ? texts.zh : texts.en;
}
