/**
 * Characters that a text of somebody else's is shown without: those that a terminal obeys (controls, line ends), and those that make it show
 * another text than there is (invisible ones, and those that change the direction).
 */
export const unshowable: RegExp = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** JSON Web Tokens, also those that were cut off: base64 of `{"`. Begins nowhere else, so that a long word is looked through once. */
export const webTokens: RegExp = /eyJ[\w-]{7,}(?:\.[\w-]*)*/gi;
