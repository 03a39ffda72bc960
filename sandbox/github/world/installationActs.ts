import * as installations from './installations.ts';
import type { Account, AppManifest, Installation, Permissions, RegisteredApp, State } from './model.ts';
import * as registrations from './registrations.ts';

/** What is done to the App and where it is installed. */
export function installationActs(state: State) {
  return {
    createInstallation: (login: string, made?: installations.NewInstallation): Installation =>
      installations.createInstallation(state, login, made),
    /** Keeps what a person agreed to register; returns the code that is exchanged for the App, once and within an hour. */
    proposeApp: (owner: Account, name: string, manifest: AppManifest): string =>
      registrations.proposeApp(state, owner, name, manifest),
    /** Registers the App behind such a code; throws a 404. */
    convertCode: (code: string): RegisteredApp => registrations.convertCode(state, code),
    /** Installs a registered App, which the sandbox acts for from then on. */
    installRegistered: (app: RegisteredApp, login: string, by: string): Installation =>
      registrations.installRegistered(state, app, login, by),
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
