import { stripCredentials } from './stripCredentials';

describe('stripCredentials', () => {
  it.each([
    [
      "unable to clone 'https://bot:s3cr3t@git.example.com/a/b.git': no",
      "unable to clone 'https://***@git.example.com/a/b.git': no",
    ],
    ['https://s3cr3t@git.example.com/a', 'https://***@git.example.com/a'],
    ['http://bot:s3@cr3t@host/a@b', 'http://***@host/a@b'],
    [
      'https://a:s3cr3t@x/1 https://b:s3cr3t@y/2',
      'https://***@x/1 https://***@y/2',
    ],
    ['ssh://git:s3cr3t@host/a', 'ssh://git:***@host/a'],
    [
      'GET https://h/a?ref=main&private_token=s3cr3t: 500',
      'GET https://h/a?ref=main&private_token=*** 500',
    ],
  ])('cleans %s', (text, clean) => {
    expect(stripCredentials(text)).toBe(clean);
  });

  it.each([
    'ssh://git@host/a.git',
    'https://host/a@b',
    `Applied revision: main@sha1:${'1'.repeat(40)}`,
    'mail me@example.com about https://host',
  ])('leaves %s alone', text => {
    expect(stripCredentials(text)).toBe(text);
  });
});
