/** An article of the shop. */
export interface Article {
  readonly title: string;
  readonly priceCents: number;
  /** Pieces by warehouse. */
  readonly stock: Readonly<Record<string, number>>;
}

/** What the shop sells, by SKU. A real shop would ask its database. */
export const CATALOGUE: ReadonlyMap<string, Article> = new Map([
  ['BOOK-SQL', { title: 'The Art of SQL', priceCents: 3_450, stock: { oslo: 40, porto: 12 } }],
  ['LAMP-01', { title: 'Desk lamp', priceCents: 2_999, stock: { porto: 75 } }],
  ['MUG-BLUE', { title: 'Blue mug', priceCents: 1_250, stock: { oslo: 6, porto: 210 } }],
  ['CHAIR-XL', { title: 'Reading chair', priceCents: 24_900, stock: { oslo: 1 } }],
]);
