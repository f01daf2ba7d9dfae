// The types of the plugin are not in the registry.
declare module '@aws-lite/ssm' {
  const plugin: { readonly service: string }
  export default plugin
}
