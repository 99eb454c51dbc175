import { Route, Routes } from 'react-router-dom';
import { ConnectionCallback } from './ConnectionCallback';
import { ConnectionsList } from './ConnectionsList';

/** The user's connections, and the page that Git hosts send the user back to. */
export function ConnectionsPage() {
  return (
    <Routes>
      <Route path="callback" element={<ConnectionCallback />} />
      <Route path="*" element={<ConnectionsList />} />
    </Routes>
  );
}
