import { decode } from '../../../simulator/agent/decode';

const wish = (enabled: boolean | undefined, minutes?: number) => ({ enabled, minutes });

test.each([
  ['{"ProtectionEnabled":true,"ExpiresInMinutes":60}', wish(true, 60)],
  [' \n{ "ProtectionEnabled" : false }', wish(false)],
  ['{"protectionenabled":true,"EXPIRESINMINUTES":5}', wish(true, 5)],
  ['{"ProtectionEnabled":true,"ExpireſInMinuteſ":5}', wish(true, 5)],
  ['{"Protection\\u0045nabled":true}', wish(true)],
])('names fit in any case: %s', (body, expected) => {
  expect(decode(body)).toEqual(expected);
});

test.each([
  ['{"ProtectionEnabled":true} xyz', wish(true)],
  ['{"ProtectionEnabled":true}{"ProtectionEnabled":false}', wish(true)],
  ['null, or so', wish(undefined)],
])('the first value counts, and what follows is ignored: %s', (body, expected) => {
  expect(decode(body)).toEqual(expected);
});

test.each([
  ['{"ProtectionEnabled":true,"ProtectionEnabled":false}', wish(false)],
  ['{"ProtectionEnabled":true,"protectionenabled":false,"ProtectionEnabled":true}', wish(true)],
  ['{"ProtectionEnabled":true,"PROTECTIONENABLED":null}', wish(undefined)],
  ['{"ExpiresInMinutes":1,"expiresinminutes":2}', wish(undefined, 2)],
])('of duplicate keys the last counts: %s', (body, expected) => {
  expect(decode(body)).toEqual(expected);
});

test.each([
  ['null', wish(undefined)],
  ['{}', wish(undefined)],
  ['{"ProtectionEnabled":null,"ExpiresInMinutes":null}', wish(undefined)],
  ['{"ProtectionEnabled":true,"ExpiresInMinutes":null}', wish(true)],
])('null is nothing: %s', (body, expected) => {
  expect(decode(body)).toEqual(expected);
});

test.each([
  ['4294967356', 60],
  ['-4294967236', 60],
  ['2147483648', -2147483648],
  ['9223372036854775807', -1],
  ['0', 0],
  ['-0', 0],
  ['-1', -1],
])('minutes are cut to 32 bits without a word: %s', (written, minutes) => {
  expect(decode(`{"ProtectionEnabled":true,"ExpiresInMinutes":${written}}`)).toEqual(wish(true, minutes));
});

test.each([
  ['an unknown field', '{"ProtectionEnabled":true,"Owner":"job-1"}'],
  ['an unknown field with null', '{"ProtectionEnabled":true,"Owner":null}'],
  ['an unknown field with an object', '{"Owner":{"ProtectionEnabled":[1,"}"]},"ProtectionEnabled":true}'],
  ['text for true', '{"ProtectionEnabled":"true"}'],
  ['a number for true', '{"ProtectionEnabled":1}'],
  ['an object for true', '{"ProtectionEnabled":{}}'],
  ['60.0 minutes', '{"ProtectionEnabled":true,"ExpiresInMinutes":60.0}'],
  ['1e2 minutes', '{"ProtectionEnabled":true,"ExpiresInMinutes":1e2}'],
  ['"60" minutes', '{"ProtectionEnabled":true,"ExpiresInMinutes":"60"}'],
  ['true minutes', '{"ProtectionEnabled":true,"ExpiresInMinutes":true}'],
  ['more than 64 bits of minutes', '{"ProtectionEnabled":true,"ExpiresInMinutes":9223372036854775808}'],
  ['minutes with a leading nought', '{"ProtectionEnabled":true,"ExpiresInMinutes":060}'],
  ['a fault that a later key would mend', '{"ProtectionEnabled":"bad","ProtectionEnabled":true}'],
  ['no body', ''],
  ['nothing but space', ' \n'],
  ['half a body', '{"ProtectionEnabled":true'],
  ['half a text', '{"ProtectionEnabled'],
  ['a list', '[{"ProtectionEnabled":true}]'],
  ['a text', '"ProtectionEnabled"'],
  ['a number', '1'],
  ['true', 'true'],
  ['a form', 'ProtectionEnabled=true'],
  ['single quotes', "{'ProtectionEnabled':true}"],
  ['a comma at the end', '{"ProtectionEnabled":true,}'],
])('can not be decoded: %s', (_, body) => {
  expect(decode(body)).toBeUndefined();
});
