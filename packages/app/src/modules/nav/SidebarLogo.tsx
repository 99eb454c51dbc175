import {
  Link,
  sidebarConfig,
  useSidebarOpenState,
} from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  root: {
    height: 3 * sidebarConfig.logoHeight,
    display: 'flex',
    alignItems: 'center',
    marginBottom: -14,
  },
  link: {
    marginLeft: 20,
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    color: '#fff',
    fontWeight: 600,
    fontSize: 18,
    whiteSpace: 'nowrap',
  },
});

export function SidebarLogo() {
  const classes = useStyles();
  const { isOpen } = useSidebarOpenState();

  return (
    <div className={classes.root}>
      <Link
        to="/"
        underline="none"
        className={classes.link}
        aria-label="GitOps, home"
      >
        <svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
          <g
            fill="none"
            stroke="currentColor"
            strokeWidth="2.4"
            strokeLinecap="round"
          >
            <path d="M8 16h16" />
            <circle cx="7" cy="16" r="3.4" fill="#171717" />
            <circle cx="16" cy="16" r="3.4" fill="#171717" />
            <circle cx="25" cy="16" r="3.4" fill="#7df3e1" stroke="#7df3e1" />
          </g>
        </svg>
        {isOpen && <span>GitOps</span>}
      </Link>
    </div>
  );
}
