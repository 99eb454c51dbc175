import { useEffect, useState } from 'react';

// The form unmounts the fields of a step that the user leaves, and a name does
// not tell who chose it. This does, by the id of the field: a name that was last
// given by the form is the form's to change.
const givenNames = new Map<string, string>();

/** A name that goes along with another one until the user gives one. */
export interface FollowedName {
  name: string;
  /** To be called when the user has given a name. */
  stopFollowing: () => void;
}

/**
 * @param fieldId - Id of the field in its form
 * @param name - What the field holds now, empty if nothing
 * @param leader - The name to follow
 */
export function useFollowedName(
  fieldId: string,
  name: string,
  leader: string,
): FollowedName {
  const [following, setFollowing] = useState(
    () => name === '' || name === leader || name === givenNames.get(fieldId),
  );
  useEffect(() => {
    if (following) {
      givenNames.set(fieldId, leader);
    } else {
      givenNames.delete(fieldId);
    }
  }, [fieldId, following, leader]);
  return {
    name: following ? leader : name,
    stopFollowing: () => setFollowing(false),
  };
}
