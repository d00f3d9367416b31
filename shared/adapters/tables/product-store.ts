import type { TableClient } from '@azure/data-tables';
import type { Product, ProductStore } from '../../catalogue/product.ts';
import type { Currency } from '../../kernel/money.ts';
import { orUndefined, unlessStatus } from '../storage-errors.ts';
import { isTableKey } from './key.ts';
import { tablePage } from './page.ts';

interface ProductRow {
  readonly rowKey: string;
  readonly name: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly storeId?: string;
}

const partitionKey = 'products';

const toProduct = ({ rowKey, name, amountMinor, currency, storeId }: ProductRow): Product => ({
  sku: rowKey,
  name,
  price: { amountMinor, currency },
  ...(storeId === undefined ? {} : { storeId }),
});

export function tableProductStore(table: TableClient): ProductStore {
  return {
    get: async (sku) => {
      if (!isTableKey(sku)) return undefined;
      const row = await orUndefined(() => table.getEntity<ProductRow>(partitionKey, sku));
      return row && toProduct({ ...row, rowKey: sku });
    },
    list: async (page) => {
      const { rows, continuation } = await tablePage<ProductRow>(table, `PartitionKey eq '${partitionKey}'`, page);
      return { items: rows.map(toProduct), ...(continuation === undefined ? {} : { continuation }) };
    },
    addIfAbsent: async ({ sku, price, ...product }) => {
      await unlessStatus([409], () => table.createEntity({ partitionKey, rowKey: sku, ...product, ...price }));
    },
  };
}
