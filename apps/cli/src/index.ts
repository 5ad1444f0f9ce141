export { type Client, createClient } from './client';
export { main } from './main';
