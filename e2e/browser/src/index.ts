export * from './bench/PageBench';
