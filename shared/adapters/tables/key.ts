/** Whether the text may be a key: 1 KiB at most, none of / \\ # ? and nothing unprintable [Table service data model]. */
export const isTableKey = (text: string): boolean => text.length <= 512 && /^[^/\\#?\p{Cc}\p{Cs}]+$/u.test(text);
