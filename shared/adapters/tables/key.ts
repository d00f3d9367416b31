/** Whether the text may be a key: 1 to 512 characters, none of / \\ # ? and no control characters [Table service data model]. */
export const isTableKey = (text: string): boolean => /^[^/\\#?\p{Cc}]{1,512}$/u.test(text);
