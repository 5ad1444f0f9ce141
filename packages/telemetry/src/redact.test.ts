import { redactText } from './redact';

test.each([
  ['postgresql://tasker:s3cret@db/tasker failed', 'postgresql://tasker:[redacted]@db/tasker failed'],
  ['login failed: user=shop password=s3cret host=db', 'login failed: user=shop password=[redacted] host=db'],
  ["db_password='s3 cret' PGPASSWORD=s3cret", 'db_password=[redacted] PGPASSWORD=[redacted]'],
  ['https://partner.example/?access_token=s3cret&page=2', 'https://partner.example/?access_token=[redacted]&page=2'],
  ['refused: {"user":"shop","apiKey": "s3\\ncret","n":1}', 'refused: {"user":"shop","apiKey": "[redacted]","n":1}'],
  ['refused: "{\\"client_secret\\":\\"s3cret\\"}"', 'refused: "{\\"client_secret\\":\\"[redacted]\\"}"'],
  ['authorization: Bearer s3cret.s3cret', 'authorization: Bearer [redacted]'],
])('%s', (text, redacted) => {
  expect(redactText(text)).toBe(redacted);
});

test.each([
  'step charge of task 018f: the token is expired, ask for another',
  'Unexpected token } in JSON at position 7',
  'a=b: all is well at http://127.0.0.1:8080/',
])('%s is left as it is', (text) => {
  expect(redactText(text)).toBe(text);
});

test('long text without secrets is searched in linear time', () => {
  const text = `${'x'.repeat(200_000)}=:${'password'.repeat(20_000)}`;
  expect(redactText(text)).toBe(text);
});
