import { onPinnedNode } from '../pinned-node';

onPinnedNode(() => import('./chaos-command.js'));
