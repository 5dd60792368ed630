import { onPinnedNode } from '../pinned-node';

onPinnedNode(() => import('./command.js'));
