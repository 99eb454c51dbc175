import { createApp } from '@backstage/frontend-defaults';
import { navModule } from './modules/nav';

// Every other feature is discovered from the dependencies of this package
// (`app.packages: all` in the configuration).
export default createApp({ features: [navModule] });
