// SQL actions: SET and REMOVE on the copy of a message.
import { describe, expect, it } from 'vitest';
import { act } from '../../../local/broker/rules/sql/act.ts';
import { parseSqlAction } from '../../../local/broker/rules/sql/parse.ts';

const fields = {
  messageId: 'm-1',
  subject: 'Order',
  to: 'somewhere',
  properties: { quantity: 7, Region: 'eu', vip: true, price: 1.5, nothing: null },
};
const subject = { fields: () => fields, newId: () => 'a-new-id' };
const after = (action: string) => act(parseSqlAction(action), subject);

describe('an SQL action', () => {
  it.each([
    ['SET quantity = quantity / 2', { quantity: 3 }],
    ["SET added = 'new'", { added: 'new' }],
    ["SET REGION = 'us'", { Region: 'us' }],
    ['SET quantity = 1, SET price = price * 2; SET vip = FALSE', { quantity: 1, price: 3, vip: false }],
    ['set quantity = 1 set quantity = quantity + 1;', { quantity: 2 }],
    ["SET [odd name] = p('Region') + '-' + quantity", { 'odd name': 'eu-7' }],
    ["SET quantity = '12', SET Region = 5, SET vip = 'false'", { quantity: 12, Region: '5', vip: false }],
    ["SET quantity = 'many'", { quantity: 'many' }],
    ['SET id = newid(), SET copy = absent', { id: 'a-new-id', copy: null }],
  ])('%s', (action, changed) => {
    expect(after(action)).toEqual({ ...fields, properties: { ...fields.properties, ...changed } });
  });

  it('sets and removes system properties, as text', () => {
    expect(after("SET sys.Label = 'Paid', SET sys.CorrelationId = quantity; REMOVE sys.To")).toEqual({
      ...fields,
      subject: 'Paid',
      correlationId: '7',
      to: undefined,
    });
  });

  it('removes a property by its name in any case, and minds none that is not there', () => {
    expect(after('REMOVE region, REMOVE user.vip, REMOVE absent').properties).toEqual({
      quantity: 7,
      price: 1.5,
      nothing: null,
    });
  });

  it('leaves the message it was asked about as it is', () => {
    after('SET quantity = 0, REMOVE Region');
    expect(fields.properties).toMatchObject({ quantity: 7, Region: 'eu' });
  });

  it('fails where it names a system property that there is not', () => {
    expect(() => after('SET sys.Absent = 1')).toThrow(/no system property/);
    expect(() => after('REMOVE sys.Absent')).toThrow(/no system property/);
  });

  it.each([
    ['', /Expected SET or REMOVE, found the end in the SQL action/],
    ['DROP a', /Expected SET or REMOVE, found 'DROP' at 0/],
    ['SET a', /Expected '=', found the end/],
    ['SET 1 = 2', /found '1' at 4/],
    ['SET a = 1 b', /Expected SET or REMOVE, found 'b'/],
    [`SET a = '${'x'.repeat(1024)}'`, /at most 1024 characters, not 1034/],
    ['SET a = 1;'.repeat(33), /at most 32 statements/],
  ])('is refused: %s', (action, message) => {
    expect(() => parseSqlAction(action)).toThrow(message);
  });
});
