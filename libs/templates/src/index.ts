export * from './expression';
export { type JsonTemplate, readTemplate, TemplateError } from './text-template';
export * from './within-time';
