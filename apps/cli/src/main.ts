import { onPinnedNode } from '../../../pinned-node';

onPinnedNode(() => import('./start.js'));
