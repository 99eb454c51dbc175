export { StatusEngine } from './StatusEngine';
