export * from './applies';
export * from './builds';
export * from './dependencies';
export * from './lifecycles';
export * from './sources';
export * from './withoutControllers';
