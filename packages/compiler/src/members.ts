/** A union of the API model (exactly one member is there) as one object type with all members optional, for tables with a row for each. */
export type Members<Union, Key extends keyof Union = keyof Union> = { readonly [K in Key]?: NonNullable<Union[K]> };
