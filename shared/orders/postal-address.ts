// Where a parcel goes. Which countries there are, and which have postal codes of what shape, is data.
import { postcodeValidator, postcodeValidatorExistsForCountry } from 'postcode-validator';
import { z } from 'zod';
import { line } from '../kernel/text.ts';

/** Assigned alpha-2 codes [ISO 3166-1, as of 2026]. */
const countries: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD ' +
    'CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF ' +
    'GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN ' +
    'KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA ' +
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI ' +
    'SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI ' +
    'VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
);

/** No parcel arrives there without a postal code [libaddressinput, `require` has Z]. */
const needPostalCode: ReadonlySet<string> = new Set(
  (
    'AS AT AU AX BE BR CA CH CN CZ DE DK EE ES FI FR GB GF GG GP GR GU HR HU IM IN IT JE JP KR LI LT LU LV MQ MX MY NL NO NZ PH ' +
    'PL PM PR PT RE RO RU SA SE SG SK TH TR TW UA US VI YT ZA'
  ).split(' '),
);

export const postalAddressSchema = z
  .strictObject({
    name: line(100),
    line1: line(200),
    city: line(100),
    postalCode: line(20).or(z.literal('')).default('').describe('as the country writes it; left out where it has none'),
    country: z.string().refine((code) => countries.has(code), 'an assigned ISO 3166-1 alpha-2 code, such as NL'),
  })
  .refine(({ postalCode, country }) => postalCode !== '' || !needPostalCode.has(country), {
    path: ['postalCode'],
    error: 'is missing: this country has postal codes',
  })
  .refine(
    ({ postalCode, country }) =>
      postalCode === '' || !postcodeValidatorExistsForCountry(country) || postcodeValidator(postalCode, country),
    { path: ['postalCode'], error: 'is not a postal code of this country' },
  );
