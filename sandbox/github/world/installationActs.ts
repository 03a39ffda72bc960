import * as installations from './installations.ts';
import type { Installation, Permissions, State } from './model.ts';

/** What is done to the App and where it is installed. */
export function installationActs(state: State) {
  return {
    createInstallation: (login: string, made?: installations.NewInstallation): Installation =>
      installations.createInstallation(state, login, made),
    deleteInstallation: (installation: Installation, by?: string): void => {
      installations.deleteInstallation(state, installation, by);
    },
    /** Changes what the App asks for; installations keep what they granted. */
    changeApp: (asked: { permissions?: Permissions; events?: string[] }): void => {
      installations.changeApp(state, asked);
    },
    /** Grants all that the App asks for by now. */
    acceptPermissions: (installation: Installation, by?: string): void => {
      installations.acceptPermissions(state, installation, by);
    },
    suspendInstallation: (installation: Installation, by?: string): void => {
      installations.setSuspended(state, installation, true, by);
    },
    unsuspendInstallation: (installation: Installation, by?: string): void => {
      installations.setSuspended(state, installation, false, by);
    },
    selectRepositories: (
      installation: Installation,
      change: { add?: string[]; remove?: string[]; by?: string },
    ): void => {
      installations.selectRepositories(state, installation, change);
    },
  };
}
