const constants: { expoConfig: { version?: string } | null } = { expoConfig: { version: "1.4.2" } };

export default constants;
