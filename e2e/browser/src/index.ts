export * from './bench/PageBench';
export * from './bench/pictures';
