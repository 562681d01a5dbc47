/// Names as people order them: gw-2 before gw-10.
export const byName = new Intl.Collator('en', { numeric: true }).compare;
