export interface Column {
  id: string;
  name: string;
  /** CSS width; those without share what is left. */
  width?: string;
  align?: 'end' | 'mid';
  /** Where it can be sorted by: which way a first press does. */
  sorts?: 'up' | 'down';
  /** What the name stands for, where that is not plain. */
  title?: string;
}

export interface Sorting {
  by: string;
  isDown: boolean;
}
